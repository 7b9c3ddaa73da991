"""The contract that every adapter passes: a harness makes the service do something, the adapter must say what it was.

A service that cannot do something leaves it out of its harness, and those tests are skipped.
"""

from tests.gateways.contract.disputes import DisputeContract
from tests.gateways.contract.faults import FaultContract
from tests.gateways.contract.harness import Card, Fault, Harness
from tests.gateways.contract.lists import ListContract
from tests.gateways.contract.messages import MessageContract
from tests.gateways.contract.payments import PaymentContract
from tests.gateways.contract.refunds import RefundContract
from tests.gateways.contract.setups import SetupContract

__all__ = ["Card", "Fault", "GatewayContract", "Harness"]


class GatewayContract(
    PaymentContract, SetupContract, FaultContract, RefundContract, DisputeContract, MessageContract, ListContract
):
    """Inherit, and give a fixture `harness`."""
