#!/usr/bin/env bash
# Makes a job out of the archive and runs it: the database gets the tables that the archive needs.
# Terraform calls it before functions change; migration.tf says with which variables.
set -euo pipefail

if ! command -v gcloud >/dev/null; then
  echo "The migration runs as a job of Cloud Run: install the Google Cloud CLI" \
    "(https://cloud.google.com/sdk/docs/install) and apply again." >&2
  exit 1
fi

gcloud builds submit "$ARCHIVE" --quiet \
  --project "$PROJECT" --region "$REGION" \
  --config "$(dirname "$0")/migrate-image.yaml" --substitutions "_IMAGE=$IMAGE" \
  --service-account "$BUILD_ACCOUNT"

gcloud run jobs deploy migrate --quiet \
  --project "$PROJECT" --region "$REGION" --image "$IMAGE" \
  --command python --args=-m,shared.state.deploy \
  --service-account "$ACCOUNT" \
  --network "$NETWORK" --subnet "$SUBNET" --vpc-egress private-ranges-only \
  --set-env-vars "^|^STATE_URL=$STATE_URL|STATE_USERS=$STATE_USERS" \
  --set-secrets "PGPASSWORD=$SECRET:latest" \
  --memory 512Mi --max-retries 1 --task-timeout 30m \
  --execute-now --wait
