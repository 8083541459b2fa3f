# The rules for Terraform's language, which tflint brings along. Those for Google's resources
# (tflint-ruleset-google) are downloaded; machines that can add:
#   plugin "google" { enabled = true, source = "github.com/terraform-linters/tflint-ruleset-google", version = "..." }
plugin "terraform" {
  enabled = true
  preset  = "all"
}
