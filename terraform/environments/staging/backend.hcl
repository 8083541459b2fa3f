# The state's bucket is made before anything else: docs/deploy.md.
bucket = "kwipper-staging-terraform-state"
prefix = "kwipper"
