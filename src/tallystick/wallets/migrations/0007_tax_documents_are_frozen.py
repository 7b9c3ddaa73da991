"""A tax document never changes once it is issued; that it is void is said by its lot."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER tax_document_is_frozen BEFORE UPDATE OR DELETE ON wallets_taxdocument
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0006_tax_on_topup"), ("foundation", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD)]
