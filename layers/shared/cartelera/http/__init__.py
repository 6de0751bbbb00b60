"""A question as a Lambda handler behind API Gateway."""
