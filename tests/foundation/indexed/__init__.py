"""An app of the tests whose one migration builds an index beside the traffic; no installation has it."""
