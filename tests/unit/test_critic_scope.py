"""What a follow-up is about, in the words that people use."""

from __future__ import annotations

import pytest

from agent.critic.scope import Scope, scope_of

TEXTS, SOUND, INSETS = Scope(texts=True), Scope(), Scope(insets=True)

LIMITED = [
    ("Make the title red", TEXTS),
    ("Make the title of the video red", TEXTS),
    ("Change the title at the end to Bye", TEXTS),
    ("Fix the typo in the title, leave the rest of the video as it is", TEXTS),
    ("In the last scene, make the caption yellow", TEXTS),
    ("At the end the title should be blue", TEXTS),
    ('Change the video title to "Summer at the Lake"', TEXTS),
    ("Make the title brighter", TEXTS),
    ("Make the captions bigger and put them at the bottom of the frame", TEXTS),
    ("Change the colour and size of the title", TEXTS),
    ("Change the style of the title", TEXTS),
    ("add captions in the classic style", TEXTS),
    ("Make the title bold without changing anything else", TEXTS),
    ("Keep the clips as they are and make the heading green", TEXTS),
    ("Please make the text on the first shot white. Thanks!", TEXTS),
    ("The title is too small, make it bigger", TEXTS),
    ("Show the title for 3 seconds", TEXTS),
    ("remove the title from the second clip", TEXTS),
    ("Fix the spelling of the lower third in the interview clip", TEXTS),
    ("Replace the title with 'Bye'", TEXTS),
    ("replace 'Hi' with 'Yo'", TEXTS),
    ("put a black box behind the title", TEXTS),
    ("turn the music down to 30%", SOUND),
    ("Make the music quieter at the end", SOUND),
    ("Mute the sound of the second clip", SOUND),
    ("Mute the video", SOUND),
    ("Make the second clip a bit louder", SOUND),
    ("Turn down the volume in the first 5 seconds", SOUND),
    ("Fade out the music at the end of the video", SOUND),
    ("replace the music by song.mp3", SOUND),
    ("add music.mp3 as background music to the whole video at 20% volume", SOUND),
    ("Don't change the picture, just make the music louder", SOUND),
    ("move the logo to the top left of the picture", INSETS),
    ("Get rid of the watermark in the last scene", INSETS),
    ("add logo.png in the corner", INSETS),
    ("make the caption bigger from 2 s to 4 s", Scope(texts=True, spans=((2.0, 4.0),))),
    ("blur the video from 2 s to 4.5 s", Scope(spans=((2.0, 4.5),))),
    ("from 2 s to 4 s make it black and white", Scope(spans=((2.0, 4.0),))),
]

OPEN = [
    "make the video brighter",
    "speed up the clip",
    "start at 2 s",
    "crop it to square",
    "change the style to retro",
    "replace the clip by b.mp4",
    "shorten the end",
    "trim to 3 seconds",
    "now make it square",
    "make it black and white",
    "something nicer please",
    "replace the second clip and change the title",
    "Make the title red and the video darker",
    "Make the title red and crop it to square",
    "Make the title red, brighten the picture",
    "Make the rest of the video darker, leave the title as it is",
    "Make everything but the title darker",
    "Change the colours of the video and the title",
    "Add b.mp4 at the end with a title",
    "Switch to b.mp4 under the title",
    "Replace the title with cat.png",
    "Add an explosion and a title",
    "Make it brighter with a title",
    "Give it a vintage look with a title",
    "black and white, and the title in yellow",
    "blur the background behind the title",
    "Zoom in on the title",
    "Put the title on a black background",
    "Put the title on its own slide",
    "Add a title card at the start",
    "Start with a title",
    "Put a title before the video",
    "Add the text 'Thanks' at the end",
    "At the end, add the text 'Thanks'",
    "title 'One' at the start and 'Two' at the end",
    "Remove the last 2 seconds and the title",
    "Remove the part where he says hello",
    "remove the filler words",
    "put the pauses back",
    "cut from 2 s to 4 s",
    "Remove the part from 2 s to 4 s",
    "Keep 0:02-0:06",
    "fade to black at the end",
    "Fade the music and the video out",
    "slow down the ending and mute it",
    "make it as long as the music",
    "Make the cuts match the music",
    "Make the video softer",
    "Soften the colours",
    "It is too dark and the music is too loud",
    "Swap the first and the last clip, keep the title",
    "Leave out the intro, keep the music as it is",
]


@pytest.mark.parametrize(("request_", "scope"), LIMITED)
def test_what_a_request_is_limited_to(request_: str, scope: Scope):
    """Where a text, a sound or an inset is says nothing of the picture: all else is to stay."""
    assert scope_of(request_) == scope


@pytest.mark.parametrize("request_", OPEN)
def test_a_request_that_may_change_the_picture(request_: str):
    """By itself, or beside a text or a sound: nothing is compared."""
    assert scope_of(request_) is None


def test_what_is_to_stay_is_no_part_of_the_scope():
    """A title that a person wants to keep is compared too."""
    assert scope_of("Make the music quieter and leave the title as it is") == SOUND
    assert scope_of("Make the title red, leave the logo alone") == TEXTS
