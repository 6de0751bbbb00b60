"""What the template nests or refers to, and the local stand-ins for AWS."""
