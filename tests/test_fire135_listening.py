"""The socket of the page: whose port it is, and that no answer waits in it."""

import asyncio
import socket
from contextlib import closing

import pytest

from fire135.errors import UserError
from fire135.listening import listen


def test_the_body_of_an_answer_does_not_wait_until_its_head_is_acknowledged() -> None:
    async def delay_off() -> int:
        served: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            served.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(serve, sock=listen("127.0.0.1", 0)) as server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            return await served

    assert asyncio.run(delay_off()) != 0


def test_a_port_that_is_taken_names_the_setting_to_change() -> None:
    with closing(listen("127.0.0.1", 0)) as first:
        first.listen()
        port = first.getsockname()[1]

        with pytest.raises(UserError, match=f"127.0.0.1:{port} .*FIRE135_HTTP_PORT"):
            listen("127.0.0.1", port)
