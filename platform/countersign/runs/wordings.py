"""What people are told of clips and pictures that cannot be used: sentence, what is allowed, what to do."""

from consent.types import ReasonCode

CLIP_REFUSALS: dict[ReasonCode, tuple[str, str, str]] = {
    ReasonCode.FILE_EMPTY: ("The file is empty.", "a video", "Export the clip again and check that it plays."),
    ReasonCode.NOT_A_VIDEO: (
        "This is not a video we can read.",
        "MP4 or MOV with a picture track",
        "Check that you chose the right file; export it as MP4 (H.264) if your camera writes another format.",
    ),
    ReasonCode.FILE_TRUNCATED: (
        "The file breaks off before its end.",
        "every frame the file promises",
        "Copy or export the clip again; the upload or the copy was probably interrupted.",
    ),
    ReasonCode.FRAME_TOO_LARGE: (
        "The picture is larger than this site works on.",
        "at most 4096 pixels on the long side",
        "Make a proxy of the take, for instance at 3840 by 2160, and upload that.",
    ),
    ReasonCode.CLIP_TOO_LONG: (
        "The clip is longer than this site takes.",
        "at most 15 minutes",
        "Cut the take you need and upload that alone.",
    ),
    ReasonCode.WORKER_FAILED: (
        "This clip could not be examined.",
        "a clip every frame of which can be read and measured",
        "Ask the operator to look at the worker's log, or upload another export of the clip.",
    ),
    ReasonCode.NO_FACE: (
        "No face was found in this clip.",
        "a clip with at least one face of 48 pixels or more",
        "Check that it is the right take; faces that are turned away or very small cannot be matched to a consent.",
    ),
}

PICTURE_REFUSALS: dict[ReasonCode, tuple[str, str, str]] = {
    ReasonCode.STILLS_DISAGREE: (
        "These pictures do not give one clear face.",
        "at least five sharp pictures, each with one face, all of the same person",
        "Leave out pictures that are blurred, turned away or of somebody else, and send the rest again.",
    ),
    ReasonCode.STILLS_TOO_FEW: (
        "These are too few pictures to know a face by.",
        "at least five, better ten",
        "Add sharp pictures of the face from the front and from both sides.",
    ),
    ReasonCode.STILL_UNREADABLE: (
        "The face cannot be seen well enough.",
        "a sharp face of 48 pixels or more in every picture, or all through the clip",
        "Go nearer to the camera, into more light, and send it again.",
    ),
    ReasonCode.SEVERAL_FACES: (
        "More than one face is in this clip.",
        "the performer alone",
        "Film it again with nobody else, and no pictures of faces, behind the performer.",
    ),
    ReasonCode.CLIP_STANDS_STILL: (
        "Nothing moves in this clip: it may be a picture.",
        "a face that moves, filmed in one go",
        "Film the performer turning their head; do not film a photograph and do not put pictures together.",
    ),
    ReasonCode.POSES_MISSING: (
        "The clip does not show the face from all sides.",
        "the face from the front, and turned to the left and to the right by a quarter of the way to the shoulder",
        "Film it again: look straight into the camera, then turn your head slowly to one side and to the other.",
    ),
    ReasonCode.NOT_A_VIDEO: CLIP_REFUSALS[ReasonCode.NOT_A_VIDEO],
    ReasonCode.FILE_EMPTY: CLIP_REFUSALS[ReasonCode.FILE_EMPTY],
    ReasonCode.FILE_TRUNCATED: CLIP_REFUSALS[ReasonCode.FILE_TRUNCATED],
    ReasonCode.FRAME_TOO_LARGE: CLIP_REFUSALS[ReasonCode.FRAME_TOO_LARGE],
    ReasonCode.CLIP_TOO_LONG: (
        "The clip is longer than is needed to know a face.",
        "at most one minute",
        "Ten to twenty seconds are enough; cut the rest off.",
    ),
    ReasonCode.WORKER_FAILED: (
        "These pictures could not be measured.",
        "pictures every one of which can be read",
        "Ask the operator to look at the worker's log, or send other pictures.",
    ),
}
