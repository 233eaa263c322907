//! A simulator of the HaloPSA API.
