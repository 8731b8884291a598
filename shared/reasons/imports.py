"""Why an import does not bring rows: the customer's dataset, the mapping, or Sluice itself."""

from shared.reasons.entry import Reason, customer, ours

CONNECTION_NOT_SAVED = "connection-not-saved"

_TEST = "Then press Test Connection."
_RUN = "Then press Run now, or wait for the import's next time."
_REPORT = "Report it with the time; the log holds its trace."


def _promise(code: str, title: str) -> Reason:
    return ours(code, title, "A promise between two parts of Sluice does not hold.", _REPORT)


ENTRIES: tuple[Reason, ...] = (
    customer(
        CONNECTION_NOT_SAVED,
        "Sluice has no credentials for this dataset.",
        "The connection was given neither a key nor a service account to act as.",
        "Rotate the connection's key, or give it a service account that Sluice may act as.",
        _TEST,
        guide="/guide/bigquery#key",
    ),
    customer(
        "import-key-refused",
        "Google does not accept the key of the connection.",
        "The key was revoked or has expired, or its service account was disabled or deleted.",
        "Open the service account in the GCP Console; enable it if it is disabled.",
        "Tab Keys: create a key, copy and paste it as the connection's new key.",
        _TEST,
        guide="/guide/bigquery#key",
    ),
    customer(
        "import-roles-missing",
        "The service account may not read this dataset.",
        "One of the roles that an import needs was not granted, or was withdrawn.",
        "Open the GCP Console; IAM & Admin > IAM; select the dataset's project.",
        "Grant the service account BigQuery Job User, and BigQuery Data Editor or, in read-only "
        "mode, BigQuery Data Viewer.",
        "Wait two minutes, until Google knows it everywhere.",
        _TEST,
        guide="/guide/bigquery#roles",
    ),
    customer(
        "import-billing",
        "The dataset's project is not billed, or Google has blocked it.",
        "Its billing account is closed or disabled, a billing tier is used up, or Google stopped "
        "the project.",
        "Open the GCP Console; Billing; select the dataset's project.",
        "Link an open billing account; when the project is blocked, ask Google's support why.",
        _TEST,
        guide="/guide/bigquery#billing",
    ),
    customer(
        "import-location-moved",
        "The dataset is not where it was when the connection was saved.",
        "It was deleted and made again in another location.",
        "Make the dataset in its old location again, or save a new connection to where it is now.",
        _TEST,
        guide="/guide/bigquery#location",
    ),
    customer(
        "import-source-missing",
        "The project, dataset or table to import from is not there.",
        "It was deleted or renamed, or its name was written differently.",
        "Copy the names of project, dataset and table exactly: capitals and hyphens count.",
        "When the table was deleted, make it again or choose another one in the import.",
        _TEST,
        guide="/guide/bigquery#names",
    ),
    customer(
        "import-source-refused",
        "The dataset's server refuses the table or SELECT.",
        "The SELECT has an error, or names what is no longer as it was.",
        "Try the SELECT where the dataset lies, as in the BigQuery console, and mend it.",
        "Enter it again in the import, and look at Preview results.",
    ),
    customer(
        "import-no-select",
        "This is not one SELECT.",
        "An import reads by one statement that only reads; scripts and changes are refused.",
        "Give one SELECT, without a semicolon and a second statement, or choose a table.",
    ),
    customer(
        "import-other-dataset",
        "The SELECT reads something beside the connection's dataset.",
        "An import reads the dataset of its connection and nothing else.",
        "Name tables of the connection's dataset only, or make a view there that joins the others.",
    ),
    customer(
        "import-too-large",
        "The SELECT would read or hold more than is allowed.",
        "It asks for more bytes than the limit, or for more memory than BigQuery gives one query.",
        "Ask for fewer columns or fewer rows, or make the SELECT simpler.",
        "Choose Updated On, so that only what changed is read.",
    ),
    customer(
        "import-column-missing",
        "A column of the mapping is not in the source.",
        "It was renamed or removed in the customer's dataset, or never was there.",
        "Bring the column back, or edit the mapping of the import.",
        _RUN,
    ),
    customer(
        "import-updated-on-changed",
        "The column of Updated On cannot be compared any more.",
        "Its type is another than before, or is none of timestamps, dates and whole numbers.",
        "Give the column its old type, or create the import again with another one.",
        _RUN,
    ),
    customer(
        "import-status",
        "The import is not in a state for this.",
        "It was stopped, paused or started by somebody else, or has no mapping yet.",
        "Look at the import, and do what the message says.",
    ),
    customer(
        "connection-in-use",
        "Imports still use the connection.",
        "A connection cannot be removed while an import of it may run.",
        "Stop the connection's imports, then remove it.",
    ),
    ours(
        "import-keeps-failing",
        "The importer died in the middle of a run again and again.",
        "It was ended from outside each time, most often for want of memory.",
        "Look at the log of the function importer around that time.",
        "Give the importer more memory, or lower LIMIT_IMPORT_PIECE_BYTES.",
        "Then press Run now: the run before left nothing behind.",
    ),
    _promise("nothing-staged", "A run was to be published before its rows were staged."),
    _promise("bad-import", "A stored import cannot be read."),
    _promise("bad-mapping", "A stored mapping cannot be read."),
    _promise("bad-schedule", "A stored schedule cannot be read."),
    _promise("bad-watermark", "A stored watermark cannot be read."),
)
