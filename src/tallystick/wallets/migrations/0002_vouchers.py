"""Vouchers; and lots that expire, or that a voucher opened.

The new rules of lots are not checked against the rows that are there (all keep them: nothing has expired): that would
hold a lock for as long as a large table is read. The next migration validates them under a lock that lets others write.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import tallystick.foundation.ids

RULES = """
ALTER TABLE wallets_lot DROP CONSTRAINT lot_is_not_overdrawn;
ALTER TABLE wallets_lot ADD CONSTRAINT lot_is_not_overdrawn CHECK (
    left_minor >= 0 AND expired_minor >= 0 AND left_minor <= amount_minor - expired_minor
) NOT VALID;
ALTER TABLE wallets_lot DROP CONSTRAINT lot_says_where_it_came_from;
ALTER TABLE wallets_lot ADD CONSTRAINT lot_says_where_it_came_from CHECK (
    (kind = 'paid' AND allocation_id IS NOT NULL) OR (allocation_id IS NULL AND source <> '')
) NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("allocations", "0004_topups_are_allocated_to"),
        ("customers", "0004_prepaid_customers"),
        ("payments", "0017_approvals"),
        ("wallets", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="payments.payment",
                    ),
                ),
                ("use_of_voucher", models.PositiveIntegerField()),
                ("use_by_customer", models.PositiveIntegerField()),
                ("uses_per_voucher", models.PositiveIntegerField()),
                ("uses_per_customer", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("code_sha256", models.BinaryField(max_length=32)),
                ("uses_left", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="VoucherBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("remark", models.TextField(blank=True)),
                ("is_sold", models.BooleanField()),
                ("reseller", models.CharField(blank=True, max_length=120)),
                (
                    "gives",
                    models.CharField(
                        choices=[("free", "Free"), ("additional", "Additional"), ("multiplier", "Multiplier")],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("multiplier", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ("minimum_topup_minor", models.BigIntegerField(default=0)),
                ("quantity", models.PositiveIntegerField()),
                ("code_alphabet", models.CharField(max_length=10)),
                ("code_length", models.PositiveSmallIntegerField()),
                ("sealed_secret", models.TextField(blank=True)),
                ("uses_per_voucher", models.PositiveIntegerField(default=1)),
                ("uses_per_customer", models.PositiveIntegerField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("lifetime_days", models.PositiveIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("sold_at", models.DateTimeField(null=True)),
                ("sold_date", models.DateField(null=True)),
                ("sold_method", models.CharField(blank=True, max_length=14)),
                ("deactivated_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VoucherBatchCustomer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="WrongCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name="lot",
            name="expired_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULES)],
            state_operations=[
                migrations.RemoveConstraint(model_name="lot", name="lot_is_not_overdrawn"),
                migrations.RemoveConstraint(model_name="lot", name="lot_says_where_it_came_from"),
                migrations.AddConstraint(
                    model_name="lot",
                    constraint=models.CheckConstraint(
                        name="lot_is_not_overdrawn",
                        condition=Q(
                            left_minor__gte=0,
                            expired_minor__gte=0,
                            left_minor__lte=F("amount_minor") - F("expired_minor"),
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lot",
                    constraint=models.CheckConstraint(
                        name="lot_says_where_it_came_from",
                        condition=Q(kind="paid", allocation__isnull=False) | (Q(allocation=None) & ~Q(source="")),
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="redemption",
            name="lot",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.lot"),
        ),
        migrations.AddField(
            model_name="redemption",
            name="topup",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.lot"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="wallet",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.wallet"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="voucher",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.voucher"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gives", "multiplier"), ("multiplier__gt", 1)),
                    models.Q(
                        models.Q(("gives", "multiplier"), _negated=True),
                        ("multiplier", None),
                    ),
                    _connector="OR",
                ),
                name="voucher_batch_says_what_it_gives",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0), ("minimum_topup_minor__gte", 0)),
                name="voucher_amounts_are_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gives", "free"), _negated=True), ("minimum_topup_minor", 0), _connector="OR"
                ),
                name="free_vouchers_need_no_topup",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_sold", False), ("sold_at", None)),
                    models.Q(
                        ("gives", "free"),
                        ("is_sold", True),
                        ("uses_per_voucher", 1),
                        models.Q(("reseller", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sold_vouchers_are_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sold_at", None), ("sold_date", None), ("sold_method", "")),
                    models.Q(
                        ("sold_at__isnull", False),
                        ("sold_date__isnull", False),
                        models.Q(("sold_method", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sale_of_vouchers_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gt", 0),
                    ("uses_per_voucher__gt", 0),
                    models.Q(("uses_per_customer", None), ("uses_per_customer__gt", 0), _connector="OR"),
                    models.Q(("lifetime_days", None), ("lifetime_days__gt", 0), _connector="OR"),
                ),
                name="voucher_counts_are_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None),
                    ("valid_until", None),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="vouchers_end_after_they_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="voucher_currency_is_a_code"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.voucherbatch"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.voucherbatch"
            ),
        ),
        migrations.AddField(
            model_name="voucherbatchcustomer",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.voucherbatch"
            ),
        ),
        migrations.AddField(
            model_name="voucherbatchcustomer",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="wrongcode",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("code_sha256",), name="each_voucher_code_once"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("batch", "number"), name="each_voucher_of_batch_once"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("uses_left__gte", 0)), name="voucher_is_not_used_too_often"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(fields=("voucher", "use_of_voucher"), name="each_use_of_a_voucher_once"),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                fields=("batch", "wallet", "use_by_customer"), name="each_use_by_a_customer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("use_of_voucher__gt", 0),
                    ("use_of_voucher__lte", models.F("uses_per_voucher")),
                    ("use_by_customer__gt", 0),
                    models.Q(
                        ("uses_per_customer", None),
                        ("use_by_customer__lte", models.F("uses_per_customer")),
                        _connector="OR",
                    ),
                ),
                name="voucher_is_redeemed_as_often_as_it_may",
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["batch", "-payment"], name="redemptions_of_batch"),
        ),
        migrations.AddConstraint(
            model_name="voucherbatchcustomer",
            constraint=models.UniqueConstraint(fields=("batch", "customer"), name="each_customer_of_batch_once"),
        ),
        migrations.AddIndex(
            model_name="wrongcode",
            index=models.Index(fields=["customer", "at"], name="wrong_codes_of_customer"),
        ),
    ]
