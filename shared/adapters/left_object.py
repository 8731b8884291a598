"""Puts one small object into a bucket as a run would, and reads it back."""

from contextlib import closing
from dataclasses import replace

from shared.adapters.present_object import differs
from shared.domain.bucket_steps import Part, Trial
from shared.domain.left_objects import CONTENT, Left, LeftObject
from shared.errors import CustomerFault, SluiceError
from shared.formats.checksums import crc32c_of
from shared.ports import Bucket


def leave_object(bucket: Bucket, trial: Trial, name: str) -> Trial:
    """What the trial shows once the object was created, too; nothing is created after a fault.

    Only this finds a policy, a perimeter, a key of the customer's own or a bill that hinders
    writing: the question for rights sees none of them.
    """
    if trial.fault is not None:
        return trial
    try:
        with closing(bucket.open_spool()) as spool:
            spool.write(CONTENT)
            checksum = crc32c_of(CONTENT)
            bucket.create(name, spool, crc32c=checksum, size=len(CONTENT), metadata={})
        how = Left.UNREAD if trial.may_read is False else _read_back(bucket, name)
    except SluiceError as fault:
        refused = isinstance(fault, CustomerFault)
        left = LeftObject(name, Left.NONE if refused else Left.DOUBTFUL)
        return replace(trial, failed_at=Part.OBJECT, fault=fault, left=left)
    return replace(trial, left=LeftObject(name, how))


def _read_back(bucket: Bucket, name: str) -> Left:
    """Raises OurFault when something else is read than was written."""
    try:
        with bucket.open(name) as file:
            found = file.read(len(CONTENT) + 1)
    except (SluiceError, OSError):
        # It is there all the same; a right to look is not needed for a delivery.
        return Left.UNREAD
    if (len(found), crc32c_of(found)) != (len(CONTENT), crc32c_of(CONTENT)):
        raise differs(name)
    return Left.READ_BACK
