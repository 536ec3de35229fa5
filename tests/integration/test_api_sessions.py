"""Sessions, jobs and who may see them, over real HTTP."""

import pytest

from tests.api_service import served_api


@pytest.fixture
async def api(tmp_path):
    async with served_api(tmp_path) as served:
        yield served


async def test_a_session_is_there_once_it_is_created(api):
    """Its address is told, and shows it."""
    created = await api.http.post("/v1/sessions", json={"title": "Norway"})

    assert created.status_code == 201
    assert created.json()["revision"] == 0
    assert (await api.http.get(created.headers["location"])).json() == created.json()
