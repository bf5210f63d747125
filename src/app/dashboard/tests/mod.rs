mod phases;
mod saving;
