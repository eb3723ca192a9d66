"""Opens what `npm run exports -- DIR` wrote with the libraries that it is meant for, and writes what they say.

    python3 check.py DIR RECORD.json

needs transformers, torchvision, onnx and onnxruntime (pip install transformers torchvision onnx onnxruntime). Exit
code 1 if a folder does not load without a word of complaint, or an answer is not ours within the bounds below.
"""

import io
import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import PIL
import torch
import torchvision
import transformers
from PIL import Image
from transformers import AutoImageProcessor, BitForImageClassification, pipeline

# The larger of the absolute and the relative difference, |a - b| / (1 + |b|).
LOGITS_BOUND = 1e-4
# resize in uint8 is exact; rescale and normalize are a few roundings in float32
PIXELS_BOUND = 1e-6

LEVELS = {
    "disabled": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def distance(actual, expected):
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    return float(f"{np.max(np.abs(actual - expected) / (1 + np.abs(expected))):.1e}")


def worst(values):
    return max(values, default=0.0)


def check(at):
    expected = json.loads((at / "expected.json").read_text("utf-8"))
    labels = expected["labels"]
    folder = str(at / "folder")
    model, loading = BitForImageClassification.from_pretrained(folder, output_loading_info=True)
    model.eval()
    complaints = {key: sorted(map(str, value)) for key, value in loading.items() if value}
    processor = AutoImageProcessor.from_pretrained(folder)
    channels = model.config.num_channels

    pixels, logits, onnx_logits, scores = [], [], {name: [] for name in LEVELS}, []
    sessions = {}
    for name, level in LEVELS.items():
        options = ort.SessionOptions()
        options.graph_optimization_level = level
        sessions[name] = ort.InferenceSession(str(at / "model.onnx"), options, providers=["CPUExecutionProvider"])
    classify = pipeline("image-classification", model=folder)
    for picture in expected["pictures"]:
        ours = np.fromfile(at / f"{picture['picture']}.pixel_values.bin", "<f4").reshape(picture["pixel_values"])
        image = Image.open(at / picture["picture"])
        image = image.convert("RGB") if channels == 3 else image
        theirs = processor(image, return_tensors="pt")["pixel_values"]
        pixels.append(distance(theirs.numpy(), ours))
        with torch.no_grad():
            logits.append(distance(model(theirs).logits[0].numpy(), picture["logits"]))
        for name, session in sessions.items():
            two = np.concatenate([ours, ours])  # the batch is free
            for answer in session.run(["logits"], {"pixel_values": two})[0]:
                onnx_logits[name].append(distance(answer, picture["logits"]))
        if channels == 3:
            probabilities = np.exp(np.array(picture["logits"], np.float64))
            probabilities /= probabilities.sum()
            for answer in classify(str(at / picture["picture"]), function_to_apply="softmax"):
                scores.append(distance(answer["score"], probabilities[labels.index(answer["label"])]))

    file = onnx.load(at / "model.onnx")
    onnx.checker.check_model(file, full_check=True)
    metadata = sessions["all"].get_modelmeta().custom_metadata_map
    names = list(json.loads(metadata["id2label"]).values())
    result = {
        "sha256": expected["sha256"],
        "complaints": complaints,
        "labels": [model.config.id2label[i] for i in range(len(labels))] == labels and names == labels,
        "pixel_values": worst(pixels),
        "logits": worst(logits),
        "pipeline": worst(scores) if scores else None,
        "onnx": {name: worst(values) for name, values in onnx_logits.items()},
        "plain_export": plain_export(model, at, expected),
    }
    result["passed"] = (
        not complaints
        and result["labels"]
        and result["pixel_values"] <= PIXELS_BOUND
        and all(value <= LOGITS_BOUND for value in [result["logits"], *result["onnx"].values(), worst(scores)])
    )
    return result


def plain_export(model, at, expected):
    """How wrong torch's own export of the same folder is at the runtime's default level; a text where there is none."""
    picture = expected["pictures"][0]
    ours = np.fromfile(at / f"{picture['picture']}.pixel_values.bin", "<f4").reshape(picture["pixel_values"])
    try:
        buffer = io.BytesIO()
        torch.onnx.export(model, (torch.from_numpy(ours),), buffer, dynamo=False, opset_version=17)
        session = ort.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
        answer = session.run(None, {session.get_inputs()[0].name: ours})[0][0]
        return distance(answer, picture["logits"])
    except Exception as error:  # whatever the exporter dislikes: it is not what is checked here
        return f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"


def main(folder, record):
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore")
    results = {}
    for at in sorted(Path(folder).iterdir()):
        if not (at / "expected.json").exists():
            continue
        results[at.name] = result = check(at)
        print(at.name, json.dumps({key: value for key, value in result.items() if key != "sha256"}), flush=True)
    versions = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{lib.__name__: lib.__version__ for lib in (transformers, torch, torchvision, PIL, onnx, ort, np)},
    }
    Path(record).write_text(json.dumps({"with": versions, "models": results}, indent=2) + "\n", "utf-8")
    failed = [name for name, result in results.items() if not result["passed"]]
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed: {', '.join(failed)}")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
