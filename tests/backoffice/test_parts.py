"""What pages say of journal entries and of mails."""

from tallystick.correspondence.contents import Kind
from tallystick.interfaces.backoffice.outbox import KINDS
from tallystick.interfaces.backoffice.parts import RULES
from tests.rooms.test_chart import rules_in_code


def test_every_rule_that_posts_has_its_words_and_no_other() -> None:
    posted = {rule for rule, files in rules_in_code().items() if files != {"kit/sample_data.py"}}
    assert set(RULES) == posted


def test_every_kind_of_mail_has_its_word() -> None:
    assert set(KINDS) == set(Kind)
