"""Callbacks: objects that act at set moments of training, testing and prediction."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BackupAndRestore": "kerasish.callbacks.backup_and_restore",
        "BaseLogger": "kerasish.callbacks.base_logger",
        "CSVLogger": "kerasish.callbacks.csv_logger",
        "Callback": "kerasish.callbacks.callback",
        "CallbackList": "kerasish.callbacks.callback_list",
        "EarlyStopping": "kerasish.callbacks.early_stopping",
        "History": "kerasish.callbacks.history",
        "LambdaCallback": "kerasish.callbacks.lambda_callback",
        "LearningRateScheduler": "kerasish.callbacks.learning_rate_scheduler",
        "ModelCheckpoint": "kerasish.callbacks.model_checkpoint",
        "OrbaxCheckpoint": "kerasish.callbacks.unavailable",
        "ProgbarLogger": "kerasish.callbacks.progbar_logger",
        "ReduceLROnPlateau": "kerasish.callbacks.reduce_lr_on_plateau",
        "RemoteMonitor": "kerasish.callbacks.remote_monitor",
        "SidecarEvaluatorModelExport": "kerasish.callbacks.unavailable",
        "SwapEMAWeights": "kerasish.callbacks.swap_ema_weights",
        "TensorBoard": "kerasish.callbacks.tensor_board",
        "TerminateOnNaN": "kerasish.callbacks.terminate_on_nan",
    },
)
