"""What the API refuses, as facts with an HTTP status."""


class ApiError(Exception):
    """A request that was refused: HTTP status, stable code, a sentence that helps and the offending field."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def body(self) -> dict[str, object]:
        """This function will return the JSON body of the refusal."""
        return {"error": {"code": self.code, "message": self.message, "field": self.field}}


class ConnectionCutError(Exception):
    """The service will not answer: the connection breaks off and the caller cannot know what happened."""
