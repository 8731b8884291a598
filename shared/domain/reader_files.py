"""What all snippets of a reader kit are made of: where the files lie and how they are packed."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from shared.domain.choices import Compression, Format
from shared.domain.specs import ExportSpec


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one export."""

    spec: ExportSpec
    account_id: int
    request_id: int
    # Stamps of runs delivered in another shape, before the export was edited.
    other_runs: tuple[int, ...] = ()

    @property
    def profiles(self) -> bool:
        """Whether the files hold profiles."""
        return self.spec.data_type.is_profiles

    @property
    def is_folder(self) -> bool:
        """Whether the bucket is a folder of this machine."""
        return self.spec.bucket.startswith("file://")

    @property
    def place(self) -> str:
        """The bucket's address, or the folder's path, without a slash at its end."""
        if self.is_folder:
            return unquote(urlsplit(self.spec.bucket).path).rstrip("/")
        return self.spec.bucket.rstrip("/")

    @property
    def manifests(self) -> str:
        """What the names of the manifests begin with."""
        return f"_manifests/{self.request_id}-"

    @property
    def packed(self) -> bool:
        """Whether files of text are gzip; Parquet packs its columns, which every reader knows."""
        gzip = self.spec.compression is Compression.GZIP
        return gzip and self.spec.format is not Format.PARQUET

    @property
    def name_line(self) -> bool:
        """Whether a file begins with the bare name of its event."""
        spec = self.spec
        return spec.format is Format.JSON and spec.first_line and not self.profiles

    @property
    def lines_before_rows(self) -> int:
        """Lines of a text file that are no rows; XML has the declaration and the root."""
        if self.spec.format is Format.XML:
            return 2
        return 1 if self.name_line or self.spec.format is Format.CSV else 0

    @property
    def row_tag(self) -> str:
        """The element of a row in XML."""
        return "Profile" if self.profiles else "Event"
