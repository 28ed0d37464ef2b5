"""An opened data folder as the services that the HTTP service serves."""

from __future__ import annotations

from truthgpt import __version__, settings
from truthgpt.answer.assistant import Assistant
from truthgpt.law import jurisdictions
from truthgpt.server.services import Services, Status


def services_of(assistant: Assistant) -> Services:
    """What `create_app` serves of `assistant`; loads its language model."""
    engine = assistant.engine

    def status() -> Status:
        return Status(
            version=__version__,
            model=engine.name if engine else settings.QUOTES_ONLY,
            quotes_only=engine is None,
            posts=assistant.count(),
            demo=assistant.is_demo(),
            corpus_version=assistant.store.version,
            jurisdictions=tuple(jurisdictions()),
        )

    return Services(
        answerer=assistant.answerer,
        searcher=assistant.searcher,
        posts=assistant.store,
        embedding=assistant.embedding,
        engine=engine,
        status=status,
    )
