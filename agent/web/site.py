"""The page's addresses: who may ask what, and what is answered. No page of another origin gets anything."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.errors import AgentError
from agent.language import LANGUAGES, Language
from agent.vision.teaching import TaughtState
from agent.web.door import Door, Locked, Role, Session
from agent.web.unit import Roi, Unit

log = logging.getLogger(__name__)
_COOKIE = "haulwatch"
_PROOF = "x-haulwatch-proof"
_BODY = 16_384  # bytes of a question
_KEPT = 12  # pictures that somebody looks at
_PAGE = {"": ("index.html", "text/html"), "page.js": ("page.js", "text/javascript")}
_PAGE |= {"words.js": ("words.js", "text/javascript"), "page.css": ("page.css", "text/css")}
_GUARD = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Corners(msgspec.Struct, forbid_unknown_fields=True):
    """Of a bed, as shares of the picture."""

    roi: Roi


class Lesson(msgspec.Struct, forbid_unknown_fields=True):
    """What the picture that is shown was confirmed to be."""

    state: TaughtState


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """What the command line had printed."""

    code: str


class _Refused(Exception):  # noqa: N818 - reads as what happened
    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


Answer = Callable[[Request, Session], Awaitable[Any]]


class Site:
    """The unit behind the door. `pictures` are those that were shown last, by session and camera."""

    def __init__(self, unit: Unit, door: Door) -> None:
        self._unit, self._door = unit, door
        self._shown: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def app(self, hosts: list[str]) -> Starlette:
        """What a server runs; `hosts` are the names that it may be called by."""
        view, change = self._guarded("view"), self._guarded("technician")
        routes = [
            *(Route(f"/{name}", self._page(*what)) for name, what in _PAGE.items()),
            Route("/enter", self._enter, methods=["POST"]),
            Route("/leave", self._leave, methods=["POST"]),
            Route("/api/session", view(self._session)),
            Route("/api/status", view(self._status)),
            Route("/api/doctor", view(self._findings)),
            Route("/api/cameras", view(self._cameras)),
            Route("/api/cameras/{camera}/picture", view(self._picture)),
            Route("/api/cameras/{camera}/verdict", view(self._verdict), methods=["POST"]),
            Route("/api/cameras/{camera}/roi", change(self._roi), methods=["POST"]),
            Route("/api/cameras/{camera}/teach", change(self._teach), methods=["POST"]),
        ]
        middleware = [
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(_Headers),
        ]
        return Starlette(routes=routes, middleware=middleware)

    def _guarded(self, least: Role) -> Callable[[Answer], Callable[[Request], Awaitable[Response]]]:
        def wrap(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
            async def guarded(request: Request) -> Response:
                try:
                    found = await answer(request, self._who(request, least))
                except _Refused as e:
                    return _json({"error": str(e)}, e.status)
                except msgspec.MsgspecError as e:
                    return _json({"error": str(e)}, 400)
                except AgentError as e:
                    return _json({"error": e.what, "where": e.where, "remedy": e.remedy}, 409)
                return found if isinstance(found, Response) else _json(found)

            return guarded

        return wrap

    def _who(self, request: Request, least: Role) -> Session:
        session = self._door.session(request.cookies.get(_COOKIE))
        if session is None:
            raise _Refused(401, "enter a code")
        if request.method == "POST" and request.headers.get(_PROOF) != session.proof:
            raise _Refused(403, "this did not come from the page")
        if least == "technician" and session.role != "technician":
            raise _Refused(403, "only with a technician's code")
        return session

    async def _enter(self, request: Request) -> Response:
        try:
            found = self._door.enter(msgspec.json.decode(await _body(request), type=Code).code)
        except (_Refused, msgspec.MsgspecError) as e:
            return _json({"error": str(e)}, 400)
        except Locked as e:
            return _json({"error": "locked", "seconds": e.seconds}, 429, {"Retry-After": str(e.seconds)})
        if found is None:
            log.warning("web: a wrong code from %s", request.client.host if request.client else "?")
            return _json({"error": "wrong code"}, 403)
        token, session = found
        log.warning("web: %s came in from %s", session.role, request.client.host if request.client else "?")
        answer = _json({"role": session.role, "proof": session.proof})
        answer.set_cookie(_COOKIE, token, httponly=True, samesite="strict")
        return answer

    async def _leave(self, request: Request) -> Response:
        self._door.leave(request.cookies.get(_COOKIE))
        answer = _json({})
        answer.delete_cookie(_COOKIE)
        return answer

    async def _session(self, _: Request, session: Session) -> object:
        return {"role": session.role, "proof": session.proof}

    async def _status(self, _: Request, __: Session) -> object:
        return await run_in_threadpool(self._unit.status)

    async def _findings(self, request: Request, _: Session) -> object:
        asked = request.query_params.get("lang", "zh")
        language: Language = "en" if asked == "en" else LANGUAGES[0]
        return await run_in_threadpool(self._unit.findings, language)

    async def _cameras(self, _: Request, __: Session) -> object:
        def look() -> list[dict[str, Any]]:
            return [
                camera | ({"taught": self._unit.taught(camera["name"])} if camera["role"] == "body" else {})
                for camera in self._unit.cameras()
            ]

        return await run_in_threadpool(look)

    async def _picture(self, request: Request, session: Session) -> Response:
        camera = str(request.path_params["camera"])
        jpeg = await run_in_threadpool(self._unit.picture, camera)
        self._shown[session.proof, camera] = jpeg
        self._shown.move_to_end((session.proof, camera))
        while len(self._shown) > _KEPT:
            self._shown.popitem(last=False)
        return Response(jpeg, media_type="image/jpeg")

    async def _verdict(self, request: Request, session: Session) -> object:
        corners = msgspec.json.decode(await _body(request), type=Corners)
        camera, jpeg = self._seen(request, session)
        return await run_in_threadpool(self._unit.verdict, camera, jpeg, corners.roi)

    async def _roi(self, request: Request, _: Session) -> object:
        corners = msgspec.json.decode(await _body(request), type=Corners)
        camera = str(request.path_params["camera"])
        backup = await run_in_threadpool(self._unit.keep_roi, camera, corners.roi)
        log.warning("web: corners of %s changed; the old configuration is %s", camera, backup)
        return {"backup": backup}

    async def _teach(self, request: Request, session: Session) -> object:
        lesson = msgspec.json.decode(await _body(request), type=Lesson)
        camera, jpeg = self._seen(request, session)
        taught = await run_in_threadpool(self._unit.teach, camera, lesson.state, jpeg)
        log.warning("web: %s was taught a picture of %s", camera, lesson.state)
        return {"taught": taught}

    def _seen(self, request: Request, session: Session) -> tuple[str, bytes]:
        """The picture that the person is looking at: nothing is judged or taught unseen."""
        camera = str(request.path_params["camera"])
        jpeg = self._shown.get((session.proof, camera))
        if jpeg is None:
            raise _Refused(409, "look at a picture first")
        return camera, jpeg

    @staticmethod
    def _page(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
        text = files("agent.web").joinpath("page", name).read_bytes()

        async def page(_: Request) -> Response:
            return Response(text, media_type=kind)

        return page


class _Headers(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        answer = await call_next(request)
        answer.headers.update(_GUARD)
        return answer


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BODY:
            raise _Refused(413, "too long")
    return body


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json")
