"""What pages say of journal entries."""

from tallystick.interfaces.backoffice.parts import RULES
from tests.rooms.test_chart import rules_in_code


def test_every_rule_that_posts_has_its_words_and_no_other() -> None:
    posted = {rule for rule, files in rules_in_code().items() if files != {"kit/sample_data.py"}}
    assert set(RULES) == posted
