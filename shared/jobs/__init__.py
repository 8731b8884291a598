"""What each function does: schedule, plan, write_slice, finish_run."""
