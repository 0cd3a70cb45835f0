"""What a line of the decision log has, as its schema says it: `saywhy schema log`. Tests hold every line to it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from saywhy.observe.decision_log import LONGEST_PATH


class DecisionLine(BaseModel):
    """One decision. Readers take lines without `way`, which earlier versions wrote, and pass over keys they do not know."""

    model_config = ConfigDict(extra="forbid", strict=True)

    time: datetime = Field(description="When it was decided: UTC, to the millisecond (RFC 3339).")
    groups: list[str] = Field(
        description="The groups of the place, the most telling first; none where no place names the device."
    )
    place: str | None = Field(description="The place that the device's address lies in.")
    device: str | None = Field(description="The device's address.")
    way: Literal["relay", "inspect", "plain", "refuse"] = Field(
        description="What becomes of the connection: passed on unseen, a request inside TLS, a request without TLS, refused by its name. As in `saywhy_connection_ways_total`."
    )
    method: str = Field(description="The request's method; CONNECT where only the host was known.", max_length=32)
    scheme: Literal["http", "https", "ws", "wss"] = Field(
        description="The address's scheme; https where only the host was known."
    )
    host: str = Field(description="The host in its canonical form; of what is on a sealed list it is withheld.")
    port: int = Field(ge=0, le=65_535, description="The port.")
    path: str = Field(
        max_length=LONGEST_PATH + 1,
        pattern="^[^?#]*$",
        description="The path without any query, long ones cut; empty where only the host was known.",
    )
    effect: Literal["allow", "caution", "block"] = Field(description="What came out.")
    reason: str = Field(
        pattern="^[a-z-]+$", description="Why, as docs/policy.md has it; or the fault that stood in the way."
    )
    rule: str | None = Field(description="The rule that decided, or that a permit opened.")
    grant: str | None = Field(description="The permit that opened it.")
    categories: list[str] = Field(description="The categories that it belongs to, sorted.")
    apps: list[str] = Field(description="The apps that it belongs to, sorted.")
    reference: str | None = Field(description="What stands on the page that was shown.")
    revision: str = Field(description="The revision of the policy that decided.")
    microseconds: int = Field(ge=0, description="How long deciding took.")
    uses: list[str] = Field(
        default=[],
        description="What was done, where rules ask for it: posting, uploads, file:programs. Left out where nothing is.",
    )
    care: Literal[True] = Field(default=True, description="A page that cares was shown. Left out where none was.")
    page: str = Field(
        default="",
        description="The host of the page that asked, where the browser said it and it is another. Left out otherwise.",
    )
