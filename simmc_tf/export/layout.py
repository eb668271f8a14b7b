"""Names of what an export consists of.

export/1/saved_model.pb, variables/     the SavedModel, as TensorFlow Serving wants it
export/1/assets/simmc.json              what it is, see about.py
export/embedder.keras                   the same for Keras
export/embedder.tflite, .onnx, ...      what scripts.convert makes of it
"""

FOLDER = "export"
VERSION = "1"
KERAS = "embedder.keras"

LITE, DYNAMIC, ONNX = "tflite", "tflite_dynamic", "onnx"
# What it is converted to, and the file of that. None outlives the model that it was
# made from.
CONVERTED = {
    LITE: "embedder.tflite",
    DYNAMIC: "embedder_dynamic.tflite",
    ONNX: "embedder.onnx",
}
