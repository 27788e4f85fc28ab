"""A chat room for everyone who opens the page."""

from livewidget import LiveElement, LiveError, Topic, expose

LONGEST_NAME = 30
LONGEST_LINE = 2000


class ChatRoom:
    """The people in the room, who are sent everything that happens in it."""

    def __init__(self):
        self.everybody = Topic()

    def makeChatter(self):
        """Return a chatter for a page that is being loaded."""
        return ChatterElement(self)

    def enter(self, chatter):
        """Add a chatter who has chosen a name."""
        self.everybody.add(chatter)
        self.wall(f"{chatter.username} has joined the room")

    def leave(self, chatter):
        """Announce that a chatter's page has ended. The topic has removed it already."""
        if chatter.username is not None:
            self.wall(f"{chatter.username} has left the room")

    def isTaken(self, username):
        """Return whether somebody in the room has this name."""
        return any(c.username.casefold() == username.casefold() for c in self.everybody.members)

    def wall(self, message):
        """Send everybody an announcement."""
        self.everybody.callRemoteOnly("displayMessage", message)

    def tellEverybody(self, who, what):
        """Send a person's message to everybody."""
        self.everybody.callRemoteOnly("displayUserMessage", who.username, what)


class ChatterElement(LiveElement):
    """A person's view of the room."""

    template = "template.html"
    jsClass = "ChatThing.ChatterWidget"
    cssModule = "ChatThing"

    username = None

    def __init__(self, room):
        self.room = room

    @expose
    def setUsername(self, username: str):
        """Enter the room under a name, and return the name as others see it."""
        username = " ".join(username.split())
        if self.username is not None:
            raise LiveError(f"You are already in the room, as {self.username}.")
        if not username:
            raise LiveError("Please type a name.")
        if len(username) > LONGEST_NAME:
            raise LiveError(f"Please take a name of at most {LONGEST_NAME} characters.")
        if not username.isprintable():
            raise LiveError("Please take a name without invisible characters.")
        if self.room.isTaken(username):
            raise LiveError(f"{username} is already in the room. Please choose another name.")
        self.username = username
        self.room.enter(self)
        return username

    @expose
    def say(self, message: str):
        """Send a message to everybody."""
        if self.username is None:
            raise LiveError("Please choose a name first.")
        if len(message) > LONGEST_LINE:
            raise LiveError(f"Please say it in at most {LONGEST_LINE} characters.")
        if message.strip():
            self.room.tellEverybody(self, message)

    def connectionLost(self, reason):
        """Leave the room: the page was closed, or its connection did not come back."""
        self.room.leave(self)


# To run it: twistd -n live-widget --element=examples.chat.chat
chat = ChatRoom().makeChatter
