"""The names of scikit-learn that the wrappers are made of."""

from __future__ import annotations

import types


def sklearn_names() -> types.SimpleNamespace:
    """Import the base classes and checks of scikit-learn.

    Returns:
        A namespace of them.

    Raises:
        ImportError: If scikit-learn is missing or too old.

    Example:

    >>> sklearn_names().BaseEstimator.__name__
    'BaseEstimator'
    """
    try:
        from sklearn.base import (
            BaseEstimator,
            ClassifierMixin,
            RegressorMixin,
            TransformerMixin,
        )
        from sklearn.exceptions import DataConversionWarning
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import (
            check_array,
            check_is_fitted,
            column_or_1d,
            validate_data,
        )
    except ImportError as error:
        raise ImportError(
            "kerasish.wrappers needs scikit-learn 1.6 or later: "
            "`pip install scikit-learn`."
        ) from error
    return types.SimpleNamespace(
        BaseEstimator=BaseEstimator,
        ClassifierMixin=ClassifierMixin,
        DataConversionWarning=DataConversionWarning,
        RegressorMixin=RegressorMixin,
        TransformerMixin=TransformerMixin,
        check_array=check_array,
        check_classification_targets=check_classification_targets,
        check_is_fitted=check_is_fitted,
        column_or_1d=column_or_1d,
        validate_data=validate_data,
    )
