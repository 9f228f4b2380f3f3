"""The engine of the publish transaction: many images to many registries, each at its own pace."""
