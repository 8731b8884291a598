# An installation with everything that is optional, for `make check-infra`; nothing of it exists.
project           = "sluice-check"
project_number    = "123456789012"
region            = "europe-west1"
bigquery_location = "europe-west1"
archive           = "build/sluice-0000000000000000.zip"
state_bucket      = "sluice-check-terraform"
admin_email       = "ada@example.com"
members           = ["group:data-team@example.com"]
alert_emails      = ["alerts@example.com"]
billing_account   = "012345-6789AB-CDEF01"
kms_key           = "projects/sluice-check/locations/europe-west1/keyRings/sluice/cryptoKeys/sluice"
repository        = "projects/sluice-check/locations/europe-west1/connections/host/repositories/sluice"
limits            = { LIMIT_SLICE_BYTES = "40000000", WATCH_RETRY_AFTER = "1800" }
account           = { database_id = "shop", time_zone = "Europe/Berlin", name = "Shop" }
mail              = { server = "smtps://mail.example.com:465", user = "sluice", from = "sluice@example.com" }
functions         = { worker = { max_instances = 400 } }
