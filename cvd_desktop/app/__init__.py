"""The composition root of the window: builds the long-lived objects and passes them on."""
