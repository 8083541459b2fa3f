# The state's bucket is made before anything else: docs/deploy.md.
bucket = "kwipper-dev-terraform-state"
prefix = "kwipper"
