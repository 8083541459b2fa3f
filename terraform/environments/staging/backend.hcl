# The state's bucket is made before anything else: terraform/README.md.
bucket = "kwipper-staging-terraform-state"
prefix = "kwipper"
