"""What TensorFlow Serving's REST API does with a request, as its documents say."""

import json

import tensorflow as tf


def predict(folder, body):
    """Answers a request by a SavedModel.

    Row format has `instances`: an object of named inputs each, or the value alone where
    there is one input. Column format has `inputs`: named inputs, or the value alone.
    Likewise outputs: where there is one, it comes without its name.

    Args:
        folder: of the SavedModel.
        body: JSON of the request.

    Returns:
        JSON of the answer.
    """
    request = json.loads(body)
    signatures = tf.saved_model.load(str(folder)).signatures
    function = signatures[request.get("signature_name", "serving_default")]
    inputs = function.structured_input_signature[1]
    if "instances" in request:
        rows = [
            row if isinstance(row, dict) else {next(iter(inputs)): row}
            for row in request["instances"]
        ]
        columns = {name: [row[name] for row in rows] for name in inputs}
        key = "predictions"
    else:
        columns = request["inputs"]
        if not isinstance(columns, dict):
            columns = {next(iter(inputs)): columns}
        key = "outputs"
    given = {name: tf.constant(columns[name], inputs[name].dtype) for name in inputs}
    (result,) = function(**given).values()
    return json.dumps({key: result.numpy().tolist()})
