"""The network: a plan of layers in; a Keras model, plain files, an ONNX file, probabilities out.

model         build_model(config) -> keras.Model, and how it learns
weights       the weights as plain files: network.json, weights.bin
onnx_file     layers and weights -> model.onnx
inference     model.onnx, images -> probabilities, by ONNX Runtime
certainty     how sure a network may be, and when it says "I don't know"
"""
