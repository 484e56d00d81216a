"""What others call what we have, or do not have: for whoever types the word they know."""

from collections.abc import Iterable

from sandbox.system.errors import nearest

# Words for keys, as scikit-learn, PyTorch, Keras and the notes have them.
KEYS = {
    **dict.fromkeys(("lr", "alpha", "eta", "rate", "step_size", "learning_rate_init"), "learning_rate"),
    **dict.fromkeys(
        ("epochs", "epoch", "n_epochs", "num_epochs", "iterations", "iters", "n_iter", "max_iter", "num_steps", "n_steps"),
        "steps",
    ),
    **dict.fromkeys(("units", "width", "layers", "depth", "neurons", "hidden_size", "hidden_sizes", "hidden_units"), "hidden"),
    **dict.fromkeys(("n_hidden", "hidden_layers", "hidden_layer_sizes"), "hidden"),
    **dict.fromkeys(("random_state", "random_seed", "seeds"), "seed"),
    **dict.fromkeys(("act", "activations", "nonlinearity", "activation_function", "g"), "activation"),
    **dict.fromkeys(("loss", "criterion", "cost", "loss_fn", "output_activation", "out"), "output"),
    **dict.fromkeys(("networks", "repeats", "repetitions", "n_runs", "runs", "trials", "n_seeds"), "replicates"),
    **dict.fromkeys(("l2", "decay", "lambda", "reg", "regularization", "regularisation"), "weight_decay"),
    **dict.fromkeys(("noise", "sigma_noise"), "dataset.noise"),
    **dict.fromkeys(("samples", "n_samples", "size", "m"), "dataset.samples"),
    **dict.fromkeys(("test_size", "test_fraction", "test_split", "test_ratio"), "dataset.test_fraction"),
    **dict.fromkeys(("standardize", "standardise", "normalize", "normalise", "scaling"), "dataset.standardise"),
    **dict.fromkeys(("path", "file", "csv", "data_path"), "dataset.path"),
    **dict.fromkeys(("label", "target", "y"), "dataset.label"),
    **dict.fromkeys(("sep", "delimiter", "separator"), "dataset.sep"),
    **{word: f"dataset.{word}" for word in ("header", "encoding", "decimal", "comment", "drop", "usecols", "task")},
    **dict.fromkeys(("data", "datasets", "problem"), "dataset"),
    **dict.fromkeys(("initializer", "initialiser", "initialization", "initialisation", "weights"), "init"),
    **dict.fromkeys(("scale", "gain", "std", "stddev", "sigma", "init_scale", "weight_scale"), "init.scale"),
    **dict.fromkeys(("metrics", "probe"), "probes.names"),
    **dict.fromkeys(("log_every", "n_probes"), "probes.count"),
    **dict.fromkeys(("store", "mlruns", "output_dir", "directory", "dir", "out_dir", "logdir"), "tracking.directory"),
    **dict.fromkeys(("uri", "tracking_uri", "server", "url"), "tracking.uri"),
    **dict.fromkeys(("plots", "plot"), "tracking.figures"),
    **dict.fromkeys(("launcher", "n_jobs", "jobs", "workers"), "hydra/launcher"),
}  # fmt: skip
LACKING = {
    **dict.fromkeys(("batch_size", "batchsize", "minibatch"), "every step takes all samples, as in the notes (full batch)"),
    **dict.fromkeys(("optimizer", "optimiser", "momentum", "beta", "beta1", "nesterov"), "training is plain gradient descent, as in the notes"),
    **dict.fromkeys(("dropout", "batch_norm", "batchnorm", "layer_norm"), "layers are as in the notes: weights, bias, activation"),
    **dict.fromkeys(("device", "gpu", "cuda"), "networks of this size train on the processor; see engine"),
    **dict.fromkeys(("patience", "early_stopping", "tol"), "training goes on for all its steps; steps_to_threshold says when it would have done"),
}  # fmt: skip
# Words for the names that keys take.
NAMES = {
    "logistic": "sigmoid", "sigm": "sigmoid", "hyperbolic": "tanh", "rectifier": "relu", "leaky": "leaky_relu", "lrelu": "leaky_relu",
    "identity": "linear", "none": "linear", "silu": "gelu", "swish": "gelu", "softmax_crossentropy": "softmax",
    "glorot": "xavier", "kaiming": "he", "gaussian": "normal", "random": "normal", "randn": "normal", "zeros": "zero", "ones": "constant",
    "equal": "constant", "trunc_normal": "truncated", "mse": "identity", "squared": "identity", "regression_output": "identity",
    "bce": "sigmoid", "binary_crossentropy": "sigmoid", "crossentropy": "softmax", "cross_entropy": "softmax", "categorical": "softmax",
    "mnist": "digits", "cancer": "breast_cancer", "spiral": "spirals", "two_moons": "moons", "half_moons": "moons", "csv": "file", "npz": "file",
    "sqlite": "local", "mlflow": "local", "off": "none", "false": "none", "http": "server", "remote": "server",
    "reference": "numpy", "numba": "fused", "compiled": "fused", "python": "numpy",
}  # fmt: skip


def name_hint(got: str, names: Iterable[str]) -> str:
    """The end of a message about a name that a key does not take: the one that is meant, the closest, or all of them."""
    names = list(names)
    word = got.casefold().strip("_")
    for candidate in (
        word,
        *(word.rsplit("_", i)[0] for i in range(1, word.count("_") + 1)),
    ):  # glorot_uniform, kaiming_normal_
        if candidate in names and candidate != got:
            return f"; did you mean {candidate!r}?"
        if NAMES.get(candidate) in names:
            return f"; did you mean {NAMES[candidate]!r}?"
    return nearest(got, names)


def key_hint(key: str, keys: Iterable[str]) -> str:
    """The end of a message about a key that is none."""
    keys = list(keys)
    word = key.casefold().replace("-", "_")
    last = word.rpartition(".")[2]
    if word in keys:
        return f"; did you mean {word!r}?"
    if "." in word and any(known.startswith(word) for known in keys):
        return nearest(word, keys)
    for known in (word, last):
        if (meant := KEYS.get(known)) in keys and meant != key:
            return f"; it is called {meant} here"
        if known in LACKING:
            return f"; {LACKING[known]}"
    close = nearest(word, keys)
    return close if "did you mean" in close else "; --help lists them"
