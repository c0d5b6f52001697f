"""From a render to what a cheap camera on a shaking, dirty, rained-on truck might have made of it."""
