# What has to be said, and what may be; sizes are in variables_sizes.tf.

variable "project" {
  description = "Id of the Google Cloud project that holds everything; one project is one environment."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project id such as my-sluice-prod (not its name or number); `gcloud projects list` shows it."
  }
}

variable "project_number" {
  description = "Number of the project; looked up when it is not given, which needs credentials."
  type        = string
  default     = null
  validation {
    condition     = var.project_number == null || can(regex("^[0-9]{6,20}$", var.project_number))
    error_message = "project_number must be the project's number, digits only: `gcloud projects describe PROJECT` shows it."
  }
}

variable "region" {
  description = "Region of functions, database, network and archive."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a region such as europe-west1, without the zone's letter; choose the one that most buckets of your customers are in, since the way between regions costs money."
  }
}

variable "bigquery_location" {
  description = "Where the warehouse's datasets are; they cannot be moved later."
  type        = string
  default     = "EU"
  validation {
    condition     = can(regex("^(EU|US|[a-z]+-[a-z]+[0-9]{1,2})$", var.bigquery_location))
    error_message = "bigquery_location must be EU, US or a region such as europe-west1; take the multi-region that `region` lies in, so that reading rows costs nothing."
  }
}

variable "archive" {
  description = "Path of the archive of the functions, as `make archive` prints it; its name ends with its hash."
  type        = string
  validation {
    condition     = can(regex("sluice-[0-9a-f]{16}\\.zip$", var.archive))
    error_message = "archive must be the file that `make archive` wrote: build/sluice-HASH.zip."
  }
  validation {
    condition     = !fileexists(var.archive) || strcontains(var.archive, substr(try(filesha256(var.archive), ""), 0, 16))
    error_message = "The archive is not what its name says: run `make archive` again and give the path that it prints."
  }
}

variable "admin_email" {
  description = "Becomes admin of every account that has none; also the address that alerts go to."
  type        = string
  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", var.admin_email))
    error_message = "admin_email must be the address with which the first admin signs in at Google, such as ada@example.com."
  }
}

variable "account" {
  description = "The first account: id, name, the database id that stands in its files' names, and its time zone."
  type = object({
    id          = optional(number, 1)
    name        = optional(string, "")
    database_id = optional(string)
    time_zone   = optional(string, "UTC")
  })
  default = {}
  validation {
    condition     = var.account.id >= 1 && floor(var.account.id) == var.account.id
    error_message = "account.id must be a whole number from 1."
  }
  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2})$", var.account.time_zone))
    error_message = "account.time_zone must be a name such as Europe/Berlin or UTC; abbreviations such as CET do not know when clocks change."
  }
}

variable "members" {
  description = "Who may open the dashboard at all: user:, group:, domain: or serviceAccount:; roles inside are given there."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for member in var.members : can(regex("^(user|group|domain|serviceAccount):[^\\s]+$", member))])
    error_message = "members must each begin with user:, group:, domain: or serviceAccount:, such as group:data-team@example.com; everybody (allUsers) is never let in."
  }
}

variable "mail" {
  description = "How notices are sent: the server, its user, whom they come from, where answers go, and which version of the secret mail-password counts; null sends none, and then no export is stopped for a failure."
  type = object({
    server           = string
    user             = string
    from             = string
    reply_to         = optional(string, "")
    list_id          = optional(string, "")
    password_version = optional(number, 1)
  })
  default = null
  validation {
    condition     = var.mail == null || can(regex("^(smtp|smtps)://[a-z0-9.-]+:(587|465|2525)$", var.mail.server))
    error_message = "mail.server must be smtp://host:587 or smtps://host:465, without a user; Google Cloud lets nothing out by port 25."
  }
  validation {
    condition     = var.mail == null || can(regex("^[^\\s:/?#]+$", var.mail.user))
    error_message = "mail.user must be the user's name alone, with %40 for an @; the password is added to the secret mail-password (docs/install.md, step 8)."
  }
}

variable "alert_emails" {
  description = "Where alerts go; the first admin when empty."
  type        = list(string)
  default     = []
}

variable "billing_account" {
  description = "Billing account of the budget; null makes no budget."
  type        = string
  default     = null
  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must look like 012345-6789AB-CDEF01; `gcloud billing accounts list` shows it."
  }
}

variable "budget_per_month" {
  description = "Amount of the budget, in the currency of the billing account; it warns and stops nothing."
  type        = number
  default     = 500
  validation {
    condition     = var.budget_per_month >= 1
    error_message = "budget_per_month must be at least 1; docs/cost.md says what to expect."
  }
}

variable "kms_key" {
  description = "Key of Cloud KMS that encrypts queues, tables, database, archive and functions; null for Google's own keys."
  type        = string
  default     = null
  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be projects/P/locations/L/keyRings/R/cryptoKeys/K, without a version; L must be `region`."
  }
  validation {
    condition     = var.kms_key == null || var.bigquery_location == var.region
    error_message = "With kms_key the warehouse has to be where the key is: set bigquery_location to the same region."
  }
}

variable "repository" {
  description = "Repository that Cloud Build watches (projects/P/locations/L/connections/C/repositories/R); null makes no trigger."
  type        = string
  default     = null
  validation {
    condition     = var.repository == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "repository must be projects/P/locations/L/connections/C/repositories/R; connect it in the console under Cloud Build > Repositories first."
  }
}

variable "repository_kind" {
  description = "Whose the repository is, as Cloud Build names it."
  type        = string
  default     = "GITHUB"
  validation {
    condition     = contains(["GITHUB", "GITLAB", "BITBUCKET_SERVER", "BITBUCKET_CLOUD", "UNKNOWN"], var.repository_kind)
    error_message = "repository_kind must be GITHUB, GITLAB, BITBUCKET_SERVER, BITBUCKET_CLOUD or UNKNOWN."
  }
}

variable "preview" {
  description = "Whether this project shows changes before they are merged: Cloud Build then deploys pull requests."
  type        = bool
  default     = false
}

variable "state_bucket" {
  description = "Bucket of this Terraform state, which `make deploy` makes; Cloud Build reads and writes it."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be the name of a bucket without gs://, such as my-sluice-prod-terraform."
  }
}

variable "labels" {
  description = "Labels on everything that takes some, beside app = sluice."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels must be lower-case letters, digits, - and _, and begin with a letter."
  }
}
