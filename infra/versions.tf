# Which Terraform and which providers; the state lies in a bucket that `make deploy` names.
terraform {
  required_version = ">= 1.9"

  backend "gcs" {
    prefix = "sluice"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8"
    }
    # What only it knows in both majors: IAP on Cloud Run, and service agents made on purpose.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 6.50, < 8"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.12"
    }
  }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = local.labels
}

provider "google-beta" {
  project        = var.project
  region         = var.region
  default_labels = local.labels
}
