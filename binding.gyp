{
  "targets": [
    {
      "target_name": "millpond",
      "type": "none",
      "actions": [
        {
          "action_name": "cargo",
          "inputs": [],
          "outputs": ["<(PRODUCT_DIR)/always"],
          "action": ["node", "scripts/cargo.mjs", "<(CONFIGURATION_NAME)"]
        }
      ]
    }
  ]
}
