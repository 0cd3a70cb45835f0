"""A host that is connected to in the place of another."""

from saywhy.proxy.outbound.connect_to import ConnectToHost, asked_of


def test_it_is_the_host_that_is_connected_to_and_remembers_the_one_asked_for() -> None:
    led = ConnectToHost("safe.example", "www.example")
    assert (led, str(led), led.encode()) == ("safe.example", "safe.example", b"safe.example")
    assert asked_of(led) == "www.example"
    assert asked_of("www.example") == "www.example"
