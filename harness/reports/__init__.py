"""What a run leaves behind: one writer a format, each rows → text; templates beside them."""
