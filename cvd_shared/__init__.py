"""What desktop and server must agree on: pure rules and data, no clock, file, thread or screen."""
