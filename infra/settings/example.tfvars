# Settings of one project: copy to PROJECT.tfvars, which `make deploy PROJECT=...` takes. All that
# there is stands in variables.tf and variables_sizes.tf.
admin_email = "ada@example.com"
members     = ["group:data-team@example.com"]
account     = { name = "Shop", database_id = "shop", time_zone = "Europe/Berlin" }
mail        = { server = "smtps://mail.example.com:465", user = "sluice", from = "sluice@example.com" }
