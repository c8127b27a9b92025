"""Models as estimators of scikit-learn."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "SKLearnClassifier": "kerasish.wrappers.estimators",
        "SKLearnRegressor": "kerasish.wrappers.estimators",
        "SKLearnTransformer": "kerasish.wrappers.estimators",
        "scikit_learn": "kerasish.wrappers.scikit_learn:",
    },
)
