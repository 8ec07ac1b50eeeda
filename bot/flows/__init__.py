"""What a guide is: its model, how it is read, what is checked. Pure: no I/O, no clock."""
