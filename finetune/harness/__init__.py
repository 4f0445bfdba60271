"""FITB as a task of lm-evaluation-harness: `lm_eval --include_path finetune/harness --tasks outfit_fitb`."""
