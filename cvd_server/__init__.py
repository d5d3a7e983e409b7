"""The operator's server: keeps what the field recorded and gives each person his share."""
