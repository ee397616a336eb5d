"""The words for what was done to a film, and for what was measured of it."""

ACTIONS = {
    "c2pa.opened": "Opened the plate",
    "c2pa.placed": "Brought in the footage of the likeness",
    "c2pa.edited": "Replaced the face with a trained model",
    "c2pa.created": "Created",
    "c2pa.transcoded": "Encoded again",
    "c2pa.published": "Published",
    "c2pa.watermarked": "Marked invisibly",
    "c2pa.converted": "Converted",
    "c2pa.color_adjustments": "Changed colours",
    "c2pa.cropped": "Cropped",
    "c2pa.resized": "Resized",
}
SOURCES = {
    "compositeWithTrainedAlgorithmicMedia": "a composite with media from a trained algorithm",
    "trainedAlgorithmicMedia": "made by a trained algorithm",
    "digitalCapture": "captured by a camera",
    "compositeCapture": "composed of camera captures",
}
FIGURES = {
    "loss": "Error of the model",
    "step": "Steps trained",
    "steps": "Steps trained",
    "fps": "Frames a second",
    "frames": "Frames made",
    "frames_done": "Frames made",
    "frames_per_second": "Frames a second",
    "seconds_left": "Seconds left, about",
    "to_likeness": "Resemblance to the likeness performer",
    "to_plate": "Resemblance to the performer in the plate",
    "identity_margin": "More like the first than the second by",
    "expression_error": "Difference of expressions from the plate",
    "flicker": "Flicker, against the plate",
    "sharpness_ratio": "Sharpness, against the plate",
    "frames_measured": "Frames measured",
}
