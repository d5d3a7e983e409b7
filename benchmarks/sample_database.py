"""A PostgreSQL database with the sample operator, as several figures need it."""

from cvd_server.database import Database
from cvd_server.migrations.upgrade import migrate
from cvd_server.people import make_hasher
from cvd_server.seed_demo import seed
from cvd_server.settings import Settings
from cvd_shared.sample_operator import SampleOperator
from tests.support.postgres import new_database
from tests.support.servers import CHEAP


def sample_database(cluster: str, sample: SampleOperator) -> str:
    """The URL of a new database in the cluster."""
    url = new_database(cluster)
    migrate(url)
    database = Database(url, patient=True)
    seed(database, sample, make_hasher(Settings(**CHEAP)), "2026-03-02T08:00:00.000Z")
    database.close()
    return url
