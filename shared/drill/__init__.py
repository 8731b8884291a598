"""The failure drill: a test export in a house of its own breaks while its clock runs forward."""
