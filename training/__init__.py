"""From video to models that recognise strangers, with the evidence beside them."""
