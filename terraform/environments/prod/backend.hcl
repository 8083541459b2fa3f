# The state's bucket is made before anything else: docs/deploy.md.
bucket = "kwipper-prod-terraform-state"
prefix = "kwipper"
