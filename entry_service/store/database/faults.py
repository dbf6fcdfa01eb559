"""What a database may raise, whichever kind it is: for callers that report a fault and go on."""

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

FAULTS = (SQLAlchemyError, sqlite3.Error)
