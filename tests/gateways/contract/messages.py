"""Contract of messages: the genuine ones are read, and nothing else is."""

from datetime import timedelta

import pytest

from tallystick.gateways.port import About, MessageRefused
from tests.gateways.contract.harness import Harness, the_message
from tests.gateways.receiver import Post

MORE_THAN_ALLOWED = timedelta(seconds=302)
STILL_ALLOWED = timedelta(seconds=280)


class MessageContract:
    """Inherit through `GatewayContract`."""

    def test_a_genuine_message_is_read(self, harness: Harness) -> None:
        post = harness.genuine_post()
        message = the_message(harness.gateway, post)
        assert (message.about, message.is_live, message.body) == (About.PAYMENT, False, post.body)
        assert message.reference.startswith("att_")
        assert message.external_id
        again = the_message(harness.gateway, post, after=STILL_ALLOWED)
        assert again == message, "within the tolerance a replay is a repeat"
        lower = Post({name.lower(): value for name, value in post.headers.items()}, post.body)
        assert the_message(harness.gateway, lower) == message

    @pytest.mark.parametrize("after", [MORE_THAN_ALLOWED, -MORE_THAN_ALLOWED])
    def test_s16_a_message_out_of_its_time_is_refused(self, harness: Harness, after: timedelta) -> None:
        post = harness.genuine_post()
        with pytest.raises(MessageRefused):
            the_message(harness.gateway, post, after=after)

    def test_s17_s20_no_forgery_is_accepted(self, harness: Harness) -> None:
        genuine = harness.genuine_post()
        forged = harness.forged_posts(genuine)
        assert len(forged) > 5
        for how, post in forged.items():
            with pytest.raises(MessageRefused):
                pytest.fail(f"accepted: {how} {the_message(harness.gateway, post)}")

    def test_s17_a_message_to_another_account_is_refused(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.stranger, harness.genuine_post())

    def test_s18_without_a_secret_every_message_is_refused(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.secretless, harness.genuine_post())

    def test_s25_too_large_a_message_is_refused_though_it_is_signed(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.gateway, harness.signed(b" " * 50_000_000))

    def test_s28_messages_signed_before_and_after_a_roll_of_the_secret_are_accepted(self, harness: Harness) -> None:
        before = harness.genuine_post()
        knows_both = harness.roll_secret()
        after = harness.genuine_post()
        # The service signs with both for a while, so that whichever we know is enough.
        assert the_message(harness.gateway, after).about is About.PAYMENT
        for post in (before, after):
            assert the_message(knows_both, post).about is About.PAYMENT
