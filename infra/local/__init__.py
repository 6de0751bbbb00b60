"""Stand-ins for AWS on one machine: S3, Lambda and API Gateway, driven by `template.yaml`."""
